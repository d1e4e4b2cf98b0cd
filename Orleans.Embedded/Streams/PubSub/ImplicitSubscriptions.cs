using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>The subscriptions that grain classes have by <see cref="ImplicitStreamSubscriptionAttribute"/>.</summary>
internal sealed class ImplicitSubscriptions(GrainCatalog catalog, IServiceProvider services)
{
    private readonly Lazy<Declaration[]> _declarations = new(
        () => [.. catalog.OrdinaryClasses.SelectMany(grainClass => DeclarationsOf(grainClass, services))]);

    private readonly ConcurrentDictionary<string, Declaration[]> _byNamespace = new();

    /// <summary>The subscriptions to a stream. A stream without a namespace has none.</summary>
    public IEnumerable<Subscription> Of(QualifiedStreamId streamId) =>
        Matching(streamId).Select(declaration => new Subscription(
            GuidId.GetGuidId(IdOf(declaration, streamId)), declaration.GrainIdFor(streamId.StreamId), null));

    /// <summary>The id of a grain's subscription to a stream, null if it has none.</summary>
    public Guid? Find(QualifiedStreamId streamId, GrainId consumer)
    {
        foreach (var declaration in Matching(streamId))
        {
            if (declaration.GrainType == consumer.Type) return IdOf(declaration, streamId);
        }

        return null;
    }

    private Declaration[] Matching(QualifiedStreamId streamId)
    {
        var name = streamId.StreamId.GetNamespace();
        if (string.IsNullOrWhiteSpace(name)) return [];
        return _byNamespace.GetOrAdd(name, name =>
            [.. _declarations.Value.Where(one => one.Predicate.IsMatch(name)).DistinctBy(one => one.GrainType)]);
    }

    /// <summary>The id, which is the same at every start: it stands for class, stream and provider.</summary>
    private static Guid IdOf(Declaration declaration, QualifiedStreamId streamId)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, declaration.GrainType.GetUniformHashCode());
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], streamId.StreamId.GetHashCode());
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], streamId.StreamId.Namespace.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes[12..], StableHash.ComputeHash(Encoding.UTF8.GetBytes(streamId.ProviderName)));
        return SubscriptionIds.AsImplicit(new Guid(bytes));
    }

    private static IEnumerable<Declaration> DeclarationsOf(GrainClass grainClass, IServiceProvider services)
    {
        foreach (var attribute in grainClass.Class.GetCustomAttributes<ImplicitStreamSubscriptionAttribute>())
        {
            // Found when a stream matches: a class that no stream activates needs no mapper.
            var mapper = string.IsNullOrWhiteSpace(attribute.StreamIdMapper)
                ? null
                : new Lazy<IStreamIdMapper>(
                    () => services.GetRequiredKeyedService<IStreamIdMapper>(attribute.StreamIdMapper));
            yield return new Declaration(grainClass, attribute.Predicate, mapper);
        }
    }

    /// <summary>One attribute of one class.</summary>
    private sealed class Declaration(GrainClass grainClass, IStreamNamespacePredicate predicate, Lazy<IStreamIdMapper>? mapper)
    {
        public GrainType GrainType => grainClass.GrainType;

        public IStreamNamespacePredicate Predicate => predicate;

        public GrainId GrainIdFor(StreamId streamId)
        {
            if (mapper is null) return GrainId.Create(GrainType, DefaultKey(streamId));
            var bindings = new GrainBindings(GrainType, ImmutableArray<ImmutableDictionary<string, string>>.Empty);
            return GrainId.Create(GrainType, mapper.Value.GetGrainKeyId(bindings, streamId));
        }

        /// <summary>The stream's own key in the form that the class's kind of key has.</summary>
        private IdSpan DefaultKey(StreamId streamId)
        {
            var type = grainClass.Class;
            var key = streamId.GetKeyAsString();
            if (typeof(IGrainWithGuidCompoundKey).IsAssignableFrom(type))
            {
                return GrainIdKeyExtensions.CreateGuidKey(AsGuid(key, streamId), streamId.Namespace.Span);
            }

            if (typeof(IGrainWithIntegerCompoundKey).IsAssignableFrom(type))
            {
                return GrainIdKeyExtensions.CreateIntegerKey(AsInteger(key, streamId), streamId.Namespace.Span);
            }

            if (typeof(IGrainWithGuidKey).IsAssignableFrom(type))
            {
                return GrainIdKeyExtensions.CreateGuidKey(AsGuid(key, streamId));
            }

            return typeof(IGrainWithIntegerKey).IsAssignableFrom(type)
                ? GrainIdKeyExtensions.CreateIntegerKey(AsInteger(key, streamId))
                : streamId.KeyAsIdSpan();
        }

        private Guid AsGuid(string key, StreamId streamId) =>
            Guid.TryParseExact(key, "N", out var guid) ? guid : throw WrongKey(streamId, "a GUID");

        private long AsInteger(string key, StreamId streamId) => long.TryParse(
            key, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture,
            out var number)
            ? number
            : throw WrongKey(streamId, "an integer");

        private ArgumentException WrongKey(StreamId streamId, string kind) => new(
            $"stream '{streamId}' can not activate {grainClass.Class}, which has {kind} as its key: "
            + $"the key of the stream is not {kind}");
    }
}
