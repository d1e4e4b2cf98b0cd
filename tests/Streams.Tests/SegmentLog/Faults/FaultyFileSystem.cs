using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Weir.Streams.Tests.SegmentLog.Faults;

/// <summary>
/// A real file system, mounted over FUSE, that keeps its files in memory and answers any call with the error that a test
/// asks for. One thread serves it, so each call is answered before the next.
/// </summary>
/// <remarks>The requests and answers are those of Linux's <c>include/uapi/linux/fuse.h</c>, protocol 7.31.</remarks>
internal sealed partial class FaultyFileSystem : IDisposable
{
    private const int InHeader = 40;
    private const int OutHeader = 16;
    private const int MaxWrite = 128 << 10;
    private const int NoEntry = 2;
    private const int Exists = 17;
    private const int NotEmpty = 39;
    private const int NotThere = 38;
    private const int Detach = 2;

    private readonly Dictionary<ulong, FaultyNode> nodes = [];
    private readonly SafeFileHandle device;
    private readonly Thread thread;
    private ulong lastNode = 1;

    private FaultyFileSystem(string folder, SafeFileHandle device)
    {
        Folder = folder;
        this.device = device;
        nodes[1] = new FaultyNode { Id = 1, IsFolder = true };
        thread = new Thread(Serve) { IsBackground = true, Name = "faulty file system" };
        thread.Start();
    }

    /// <summary>Where it is mounted.</summary>
    public string Folder { get; }

    /// <summary>Gives the error number that a call is to end with; 0 lets it do its work.</summary>
    public Func<FuseCall, int> Fault { get; set; } = _ => 0;

    /// <summary>Most bytes that one write takes; the rest has to be written with the next call, which may fail.</summary>
    public int MostOfAWrite { get; set; } = int.MaxValue;

    /// <summary>Mounts one; null where that cannot be done here (it takes Linux, root and /dev/fuse).</summary>
    public static FaultyFileSystem? TryMount()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/dev/fuse")) return null;
        SafeFileHandle device;
        try
        {
            device = File.OpenHandle("/dev/fuse", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        var folder = Directory.CreateTempSubdirectory("weir-faulty-").FullName;
        var options = $"fd={device.DangerousGetHandle()},rootmode=40000,user_id=0,group_id=0";
        if (Mount("weir-faulty", folder, "fuse", 0, options) == 0) return new FaultyFileSystem(folder, device);
        device.Dispose();
        Directory.Delete(folder);
        return null;
    }

    public void Dispose()
    {
        _ = Unmount(Folder, Detach);
        thread.Join();
        device.Dispose();
        Directory.Delete(Folder);
    }

    private void Serve()
    {
        var request = new byte[MaxWrite + 4096];
        var answer = new byte[MaxWrite + 4096];
        while (true)
        {
            var length = Read(device, request, request.Length);
            // Unmounted.
            if (length <= 0) return;
            var call = (FuseCall)BinaryPrimitives.ReadInt32LittleEndian(request.AsSpan(4));
            if (call is FuseCall.Forget or FuseCall.BatchForget or FuseCall.Interrupt) continue;
            var body = answer.AsSpan(OutHeader);
            body[..256].Clear();
            var error = Fault(call);
            var size = error != 0 ? 0 : Answer(call, BinaryPrimitives.ReadUInt64LittleEndian(request.AsSpan(16)),
                request.AsSpan(InHeader, (int)length - InHeader), body, out error);
            BinaryPrimitives.WriteInt32LittleEndian(answer, OutHeader + size);
            BinaryPrimitives.WriteInt32LittleEndian(answer.AsSpan(4), -error);
            request.AsSpan(8, 8).CopyTo(answer.AsSpan(8));
            _ = Write(device, answer, OutHeader + size);
        }
    }

    // The length of the answer; an error has none.
    private int Answer(FuseCall call, ulong id, ReadOnlySpan<byte> request, Span<byte> answer, out int error)
    {
        error = 0;
        if (!nodes.TryGetValue(id, out var node) && call != FuseCall.Init)
        {
            error = NoEntry;
            return 0;
        }
        switch (call)
        {
            case FuseCall.Init:
                BinaryPrimitives.WriteInt32LittleEndian(answer, 7);
                BinaryPrimitives.WriteInt32LittleEndian(answer[4..], 31);
                BinaryPrimitives.WriteInt32LittleEndian(answer[20..], MaxWrite);
                BinaryPrimitives.WriteInt32LittleEndian(answer[24..], 1);
                return 64;
            case FuseCall.Lookup:
                return node!.Children.TryGetValue(Name(request), out var found) ? Entry(found, answer) : Fail(NoEntry, out error);
            case FuseCall.GetAttributes:
                return Attributes(node!, answer);
            case FuseCall.SetAttributes:
                if ((request[0] & 8) != 0) node!.Resize(BinaryPrimitives.ReadInt64LittleEndian(request[16..]));
                return Attributes(node!, answer);
            case FuseCall.Open or FuseCall.OpenFolder:
                return 16;
            case FuseCall.Create or FuseCall.MakeFolder:
                var fixedSize = call == FuseCall.Create ? 16 : 8;
                if (node!.Children.ContainsKey(Name(request[fixedSize..]))) return Fail(Exists, out error);
                var made = new FaultyNode { Id = ++lastNode, IsFolder = call == FuseCall.MakeFolder };
                nodes[made.Id] = node.Children[Name(request[fixedSize..])] = made;
                return Entry(made, answer) + (call == FuseCall.Create ? 16 : 0);
            case FuseCall.Unlink or FuseCall.RemoveFolder:
                if (!node!.Children.TryGetValue(Name(request), out var gone)) return Fail(NoEntry, out error);
                if (gone.Children.Count > 0) return Fail(NotEmpty, out error);
                node.Children.Remove(Name(request));
                return 0;
            case FuseCall.Rename or FuseCall.Rename2:
                var names = request[(call == FuseCall.Rename ? 8 : 16)..];
                var target = nodes[BinaryPrimitives.ReadUInt64LittleEndian(request)];
                if (!node!.Children.Remove(Name(names), out var moved)) return Fail(NoEntry, out error);
                target.Children[Name(names[(names.IndexOf((byte)0) + 1)..])] = moved;
                return 0;
            case FuseCall.Read:
                return node!.Read(Offset(request), answer[..Math.Min(MaxWrite, Size(request))]);
            case FuseCall.Write:
                var written = Math.Min(Size(request), MostOfAWrite);
                node!.Write(Offset(request), request.Slice(40, written));
                BinaryPrimitives.WriteInt32LittleEndian(answer, written);
                return 8;
            case FuseCall.ReadFolder:
                return Folders(node!, (int)Offset(request), answer[..Math.Min(MaxWrite, Size(request))]);
            case FuseCall.StatFileSystem:
                BinaryPrimitives.WriteInt32LittleEndian(answer[40..], 4096);
                BinaryPrimitives.WriteInt32LittleEndian(answer[44..], 255);
                BinaryPrimitives.WriteInt32LittleEndian(answer[48..], 4096);
                return 80;
            // Not there at all, or a process that is killed would wait for its own answer as its files are closed.
            case FuseCall.Flush:
                return Fail(NotThere, out error);
            case FuseCall.Release or FuseCall.ReleaseFolder or FuseCall.Sync or FuseCall.SyncFolder or FuseCall.Access:
                return 0;
            default:
                return Fail(NotThere, out error);
        }
    }

    private static int Fail(int number, out int error)
    {
        error = number;
        return 0;
    }

    private static string Name(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text[..text.IndexOf((byte)0)]);

    private static long Offset(ReadOnlySpan<byte> request) => BinaryPrimitives.ReadInt64LittleEndian(request[8..]);

    private static int Size(ReadOnlySpan<byte> request) => BinaryPrimitives.ReadInt32LittleEndian(request[16..]);

    private static int Entry(FaultyNode node, Span<byte> answer)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(answer, node.Id);
        node.Describe(answer[40..]);
        return 128;
    }

    private static int Attributes(FaultyNode node, Span<byte> answer)
    {
        node.Describe(answer[16..]);
        return 104;
    }

    private static int Folders(FaultyNode node, int from, Span<byte> answer)
    {
        var at = 0;
        foreach (var (index, (name, child)) in node.Children.Index().Skip(from))
        {
            var bytes = Encoding.UTF8.GetBytes(name);
            var size = (24 + bytes.Length + 7) & ~7;
            if (at + size > answer.Length) break;
            answer.Slice(at, size).Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(answer[at..], child.Id);
            BinaryPrimitives.WriteInt64LittleEndian(answer[(at + 8)..], index + 1);
            BinaryPrimitives.WriteInt32LittleEndian(answer[(at + 16)..], bytes.Length);
            BinaryPrimitives.WriteInt32LittleEndian(answer[(at + 20)..], child.IsFolder ? 4 : 8);
            bytes.CopyTo(answer[(at + 24)..]);
            at += size;
        }
        return at;
    }

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, ulong flags, string options);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(SafeFileHandle file, byte[] buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(SafeFileHandle file, byte[] buffer, nint count);
}

/// <summary>What the system asks of a file system.</summary>
internal enum FuseCall
{
    Lookup = 1,
    Forget = 2,
    GetAttributes = 3,
    SetAttributes = 4,
    MakeFolder = 9,
    Unlink = 10,
    RemoveFolder = 11,
    Rename = 12,
    Open = 14,
    Read = 15,
    Write = 16,
    StatFileSystem = 17,
    Release = 18,
    Sync = 20,
    Flush = 25,
    Init = 26,
    OpenFolder = 27,
    ReadFolder = 28,
    ReleaseFolder = 29,
    SyncFolder = 30,
    Access = 34,
    Create = 35,
    Interrupt = 36,
    BatchForget = 42,
    Rename2 = 45,
}

/// <summary>A file or folder of <see cref="FaultyFileSystem"/>.</summary>
internal sealed class FaultyNode
{
    private byte[] content = new byte[256];
    private int length;

    public required ulong Id { get; init; }

    public bool IsFolder { get; init; }

    public Dictionary<string, FaultyNode> Children { get; } = new(StringComparer.Ordinal);

    public void Resize(long size)
    {
        if (size > content.Length) Array.Resize(ref content, (int)Math.Max(size, content.Length * 2));
        if (size < length) content.AsSpan((int)size, length - (int)size).Clear();
        length = (int)size;
    }

    public int Read(long at, Span<byte> buffer)
    {
        var count = (int)Math.Clamp(length - at, 0, buffer.Length);
        content.AsSpan((int)Math.Min(at, length), count).CopyTo(buffer);
        return count;
    }

    public void Write(long at, ReadOnlySpan<byte> bytes)
    {
        if (at + bytes.Length > length) Resize(at + bytes.Length);
        bytes.CopyTo(content.AsSpan((int)at));
    }

    // struct fuse_attr
    public void Describe(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, Id);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], length);
        BinaryPrimitives.WriteInt32LittleEndian(target[60..], IsFolder ? 0x41ed : 0x81a4);
        BinaryPrimitives.WriteInt32LittleEndian(target[64..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(target[80..], 4096);
    }
}
