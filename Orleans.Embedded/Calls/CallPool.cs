namespace Orleans.Calls;

/// <summary>
/// Call objects that have served and can serve again, by the number of their description. Each thread has a few of its
/// own; those of threads that only make calls and threads that only end them meet in a store for all.
/// </summary>
internal static class CallPool
{
    private const int KeptByThread = 32;
    private const int Moved = KeptByThread / 2;
    private const int KeptByAll = 1024;

    [ThreadStatic]
    private static Shelf[]? t_shelves;

    private static Store?[] s_stores = [];
    private static readonly Lock s_gate = new();

    /// <summary>A call object of that number that is free, null if there is none. Called by emitted code.</summary>
    public static GrainCall? Rent(int number)
    {
        ref var shelf = ref ShelfOf(number);
        if (shelf.Top is null && !StoreOf(number).TryTake(ref shelf)) return null;
        var call = shelf.Top!;
        shelf.Top = call.Next;
        shelf.Count--;
        call.Next = null;
        return call;
    }

    /// <summary>Takes a call object that nobody holds any more.</summary>
    public static void Return(GrainCall call, int number)
    {
        ref var shelf = ref ShelfOf(number);
        if (shelf.Count == KeptByThread) StoreOf(number).Put(ref shelf);
        call.Next = shelf.Top;
        shelf.Top = call;
        shelf.Count++;
    }

    private static ref Shelf ShelfOf(int number)
    {
        var shelves = t_shelves;
        if (shelves is null || number >= shelves.Length)
        {
            Array.Resize(ref t_shelves, Math.Max(16, number * 2));
            shelves = t_shelves;
        }

        return ref shelves[number];
    }

    private static Store StoreOf(int number)
    {
        var stores = Volatile.Read(ref s_stores);
        if (number < stores.Length && stores[number] is { } store) return store;
        lock (s_gate)
        {
            if (number >= s_stores.Length)
            {
                var grown = s_stores;
                Array.Resize(ref grown, Math.Max(16, number * 2));
                Volatile.Write(ref s_stores, grown);
            }

            return s_stores[number] ??= new Store();
        }
    }

    /// <summary>A stack of free calls, linked by their <see cref="GrainCall.Next"/>.</summary>
    private struct Shelf
    {
        public GrainCall? Top;
        public int Count;
    }

    /// <summary>The free calls of one number that belong to no thread, in stacks of <see cref="Moved"/>.</summary>
    private sealed class Store
    {
        private readonly Stack<GrainCall> _stacks = new();

        public bool TryTake(ref Shelf shelf)
        {
            // Read without the lock: at worst a new object is made.
            if (_stacks.Count == 0) return false;
            lock (_stacks)
            {
                if (!_stacks.TryPop(out shelf.Top)) return false;
            }

            shelf.Count = Moved;
            return true;
        }

        public void Put(ref Shelf shelf)
        {
            var top = shelf.Top!;
            var last = top;
            for (var i = 1; i < Moved; i++) last = last.Next!;
            shelf.Top = last.Next;
            shelf.Count -= Moved;
            last.Next = null;
            lock (_stacks)
            {
                if (_stacks.Count < KeptByAll / Moved) _stacks.Push(top);
            }
        }
    }
}
