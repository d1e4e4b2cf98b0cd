using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Orleans.Streams;

namespace Orleans
{
    /// <summary>
    /// Subscribes every grain of the class to the stream of the same key in the namespaces that match: an event for
    /// a stream activates the grain. Such a subscription always exists and can not be ended.
    /// </summary>
    [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
    public class ImplicitStreamSubscriptionAttribute : Attribute
    {
        /// <summary>All namespaces.</summary>
        public ImplicitStreamSubscriptionAttribute() => Predicate = new AllNamespaces();

        /// <summary>One namespace.</summary>
        public ImplicitStreamSubscriptionAttribute(string streamNamespace, string? streamIdMapper = null)
        {
            ArgumentNullException.ThrowIfNull(streamNamespace);
            Predicate = new OneNamespace(streamNamespace.Trim());
            StreamIdMapper = streamIdMapper;
        }

        /// <summary>The namespaces that an object of this class says, which has a constructor without arguments.</summary>
        public ImplicitStreamSubscriptionAttribute(Type predicateType, string? streamIdMapper = null)
            : this((IStreamNamespacePredicate)Activator.CreateInstance(predicateType)!, streamIdMapper)
        {
        }

        /// <summary>The namespaces that the predicate says.</summary>
        public ImplicitStreamSubscriptionAttribute(IStreamNamespacePredicate predicate, string? streamIdMapper = null)
        {
            Predicate = predicate;
            StreamIdMapper = streamIdMapper;
        }

        /// <summary>Says which namespaces match.</summary>
        public IStreamNamespacePredicate Predicate { get; }

        /// <summary>
        /// The name of the <see cref="IStreamIdMapper"/>, a keyed service, that gives the grain's key for a stream;
        /// null for the stream's own key.
        /// </summary>
        public string? StreamIdMapper { get; init; }

        private sealed class AllNamespaces : IStreamNamespacePredicate
        {
            public string PredicatePattern => "*";

            public bool IsMatch(string? streamNamespace) => true;
        }

        private sealed class OneNamespace(string name) : IStreamNamespacePredicate
        {
            public string PredicatePattern => $"namespace:{name}";

            public bool IsMatch(string? streamNamespace) =>
                string.Equals(name, streamNamespace?.Trim(), StringComparison.Ordinal);
        }
    }

    /// <summary>Subscribes every grain of the class to the streams whose namespace matches a regular expression.</summary>
    [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
    public sealed class RegexImplicitStreamSubscriptionAttribute(
        [StringSyntax(StringSyntaxAttribute.Regex)] string pattern)
        : ImplicitStreamSubscriptionAttribute(new RegexStreamNamespacePredicate(pattern));
}

namespace Orleans.Streams
{
    /// <summary>Says which namespaces an implicit subscription matches.</summary>
    public interface IStreamNamespacePredicate
    {
        /// <summary>The rule as text.</summary>
        string PredicatePattern { get; }

        /// <summary>True if the namespace, null for none, matches.</summary>
        bool IsMatch(string? streamNamespace);
    }

    /// <summary>Matches namespaces by a regular expression.</summary>
    public class RegexStreamNamespacePredicate : IStreamNamespacePredicate
    {
        private readonly Regex _regex;

        /// <summary>A predicate of that expression.</summary>
        public RegexStreamNamespacePredicate([StringSyntax(StringSyntaxAttribute.Regex)] string regex)
        {
            ArgumentNullException.ThrowIfNull(regex);
            _regex = new Regex(regex, RegexOptions.Compiled | RegexOptions.CultureInvariant);
        }

        /// <inheritdoc/>
        public string PredicatePattern => $"regex:{_regex}";

        /// <inheritdoc/>
        public bool IsMatch(string? streamNamespace) => streamNamespace is not null && _regex.IsMatch(streamNamespace);
    }
}
