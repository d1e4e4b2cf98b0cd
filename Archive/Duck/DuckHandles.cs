using Microsoft.Win32.SafeHandles;

namespace Weir.Archive.Duck;

/// <summary>A duckdb_database.</summary>
internal sealed class DuckDatabaseHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public DuckDatabaseHandle(nint value) : base(ownsHandle: true) => SetHandle(value);

    protected override bool ReleaseHandle()
    {
        DuckNative.duckdb_close(ref handle);
        return true;
    }
}

/// <summary>A duckdb_connection.</summary>
internal sealed class DuckConnectionHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public DuckConnectionHandle(nint value) : base(ownsHandle: true) => SetHandle(value);

    protected override bool ReleaseHandle()
    {
        DuckNative.duckdb_disconnect(ref handle);
        return true;
    }
}

/// <summary>A duckdb_prepared_statement.</summary>
internal sealed class DuckStatementHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public DuckStatementHandle(nint value) : base(ownsHandle: true) => SetHandle(value);

    protected override bool ReleaseHandle()
    {
        DuckNative.duckdb_destroy_prepare(ref handle);
        return true;
    }
}
