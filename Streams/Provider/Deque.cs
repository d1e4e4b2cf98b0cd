namespace Weir.Streams.Provider;

/// <summary>A list that grows at one end and shrinks at the other without moving what it holds.</summary>
internal sealed class Deque<T>
{
    private T[] items = new T[4];
    private int first;

    public int Count { get; private set; }

    public T this[int index] => items[(first + index) & (items.Length - 1)];

    public void Add(T item)
    {
        if (Count == items.Length)
        {
            var larger = new T[items.Length * 2];
            for (var i = 0; i < Count; i++) larger[i] = this[i];
            (items, first) = (larger, 0);
        }
        items[(first + Count++) & (items.Length - 1)] = item;
    }

    public T RemoveFirst()
    {
        var item = items[first];
        items[first] = default!;
        first = (first + 1) & (items.Length - 1);
        Count--;
        return item;
    }
}
