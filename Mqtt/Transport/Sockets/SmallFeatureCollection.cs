using System.Collections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Weir.Mqtt;

/// <summary>The few features of one connection, in an array: every connection has one, and each is looked up once or twice.</summary>
internal sealed class SmallFeatureCollection(SocketConnection connection) : IFeatureCollection
{
    private KeyValuePair<Type, object>[] features = new KeyValuePair<Type, object>[4];
    private int count;

    public bool IsReadOnly => false;

    public int Revision { get; private set; }

    public object? this[Type key]
    {
        get
        {
            if (key == typeof(IConnectionSocketFeature)) return connection;
            var at = Find(key);
            return at < 0 ? null : features[at].Value;
        }
        set
        {
            Revision++;
            var at = Find(key);
            if (value is null)
            {
                if (at < 0) return;
                features[at] = features[--count];
                features[count] = default;
                return;
            }
            if (at < 0)
            {
                if (count == features.Length) Array.Resize(ref features, count * 2);
                at = count++;
            }
            features[at] = new KeyValuePair<Type, object>(key, value);
        }
    }

    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator()
    {
        yield return new KeyValuePair<Type, object>(typeof(IConnectionSocketFeature), connection);
        for (var i = 0; i < count; i++) yield return features[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int Find(Type key)
    {
        for (var i = 0; i < count; i++)
        {
            if (features[i].Key == key) return i;
        }
        return -1;
    }
}
