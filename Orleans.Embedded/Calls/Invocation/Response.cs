using System.Runtime.ExceptionServices;

namespace Orleans.Serialization.Invocation;

/// <summary>What a request has ended with: a result or an error.</summary>
public abstract class Response : IDisposable
{
    /// <summary>The response of a method without a result.</summary>
    public static Response Completed => CompletedResponse.Instance;

    /// <summary>The result.</summary>
    public abstract object? Result { get; set; }

    /// <summary>The error, null if there is none.</summary>
    public abstract Exception? Exception { get; set; }

    /// <summary>A response with an error.</summary>
    public static Response FromException(Exception exception) => new ExceptionResponse { Exception = exception };

    /// <summary>A response with a result.</summary>
    public static Response FromResult<TResult>(TResult value) => new Response<TResult> { TypedResult = value };

    /// <summary>The type of the result if the response says it, or null.</summary>
    public virtual Type? GetSimpleResultType() => null;

    /// <summary>The result as that type; the error is thrown.</summary>
    public abstract T? GetResult<T>();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <inheritdoc/>
    public override string ToString() => Exception?.ToString() ?? Result?.ToString() ?? "[null]";
}

/// <summary>The response of a method without a result.</summary>
public sealed class CompletedResponse : Response
{
    /// <summary>The one response.</summary>
    public static CompletedResponse Instance { get; } = new();

    /// <inheritdoc/>
    public override object? Result
    {
        get => null;
        set => throw new InvalidOperationException("the response of a method without a result can not be given one");
    }

    /// <inheritdoc/>
    public override Exception? Exception
    {
        get => null;
        set => throw new InvalidOperationException("this response can not be given an error: make one by FromException");
    }

    /// <inheritdoc/>
    public override T? GetResult<T>() where T : default => default;

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    /// <inheritdoc/>
    public override string ToString() => "[Completed]";
}

/// <summary>A response with an error.</summary>
public sealed class ExceptionResponse : Response
{
    /// <summary>Throws the error.</summary>
    public override object? Result
    {
        get => GetResult<object>();
        set => throw new InvalidOperationException("a response with an error can not be given a result: make a new one");
    }

    /// <inheritdoc/>
    public override Exception? Exception { get; set; }

    /// <summary>Throws the error.</summary>
    public override T? GetResult<T>() where T : default
    {
        ExceptionDispatchInfo.Throw(Exception!);
        return default;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    /// <inheritdoc/>
    public override string ToString() => Exception?.ToString() ?? "[null]";
}

/// <summary>A response with a result.</summary>
public sealed class Response<TResult> : Response
{
    /// <summary>The result.</summary>
    public TResult? TypedResult { get; set; }

    /// <inheritdoc/>
    public override object? Result
    {
        get => TypedResult;
        set => TypedResult = (TResult?)value;
    }

    /// <inheritdoc/>
    public override Exception? Exception
    {
        get => null;
        set => throw new InvalidOperationException("this response can not be given an error: make one by FromException");
    }

    /// <inheritdoc/>
    public override Type? GetSimpleResultType() => typeof(TResult);

    /// <inheritdoc/>
    public override T? GetResult<T>() where T : default => TypedResult is T result ? result : (T?)(object?)TypedResult;

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    /// <inheritdoc/>
    public override string ToString() => TypedResult?.ToString() ?? "[null]";
}
