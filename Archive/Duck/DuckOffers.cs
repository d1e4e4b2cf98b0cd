using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Weir.Archive.Duck;

/// <summary>What this process offers to statements, each under a number that stands in their text. May be used from any thread.</summary>
/// <typeparam name="T">What is offered.</typeparam>
internal static class DuckOffers<T>
    where T : class
{
    private static readonly ConcurrentDictionary<long, T> Offers = new();

    /// <summary>Offers something until the offer is disposed.</summary>
    /// <param name="offered">What is offered.</param>
    /// <param name="function">The SQL function that takes it.</param>
    public static Offer Add(T offered, string function)
    {
        // Not to be guessed: a stranger's statement, which may call the function too, must not take another's rows.
        long number;
        do number = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue;
        while (!Offers.TryAdd(number, offered));
        return new Offer(number, function);
    }

    /// <exception cref="KeyNotFoundException">There is no such offer, or no more.</exception>
    public static T Of(nint number) => Offers[number];

    /// <summary>Something that is offered.</summary>
    internal readonly struct Offer(long number, string function) : IDisposable
    {
        /// <summary>What to write after FROM.</summary>
        public string Sql => $"{function}({number})";

        public void Dispose() => Offers.TryRemove(number, out _);
    }
}
