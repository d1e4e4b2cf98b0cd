using Xunit.v3;

namespace Weir.Mqtt.Tests.Conformance;

/// <summary>
/// The normative statements that a test holds the broker to. A test is named after the first; the run takes one with
/// <c>-trait Statement=MQTT-3.1.0-1</c>. Statements of MQTT 3.1.1, which has a numbering of its own, begin with
/// <c>3.1.1:</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class StatementAttribute(params string[] statements) : Attribute, ITraitAttribute
{
    public IReadOnlyList<string> Statements => statements;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [.. statements.Select(s => KeyValuePair.Create("Statement", s))];
}
