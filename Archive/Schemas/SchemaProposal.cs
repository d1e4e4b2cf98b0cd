using System.Text;

namespace Weir.Archive;

/// <summary>What a schema would make of the newest messages; nothing is changed by it.</summary>
/// <param name="Schema">The schema, with all that was found out; null where none was.</param>
/// <param name="Messages">Messages that it was tried on.</param>
/// <param name="Fits">Those of them that fit into the columns.</param>
/// <param name="Rebuilt">Those whose payload could be left out, since the columns make it again.</param>
/// <param name="Problems">What does not fit, a sentence each, the most frequent first.</param>
public sealed record SchemaProposal(PayloadSchema? Schema, int Messages, int Fits, int Rebuilt, IReadOnlyList<string> Problems);

/// <summary>Tries a schema on messages.</summary>
internal static class SchemaTrial
{
    private const int MostProblems = 10;

    /// <exception cref="ArgumentException">The schema is wrong.</exception>
    public static SchemaProposal Run(PayloadSchema asked, IReadOnlyList<PayloadSample> samples)
    {
        asked.Validate();
        var schema = asked;
        if (asked.Format == PayloadFormat.Auto || (asked.Fields.Count == 0 && asked.Dbc is null))
        {
            if (SchemaInference.Infer(samples, asked, out var why) is not { } found) return new SchemaProposal(null, samples.Count, 0, 0, [why]);
            schema = found;
        }
        var resolved = ResolvedSchema.Of(schema);
        var row = new PayloadRow(resolved.Fields.Count) { WantsProblem = true };
        var again = new System.Buffers.ArrayBufferWriter<byte>();
        Dictionary<string, int> problems = new(StringComparer.Ordinal);
        int fits = 0, rebuilt = 0;
        foreach (var sample in samples)
        {
            row.Clear();
            if (!resolved.Codec.Decode(sample.Topic.Span, sample.Payload.Span, row))
            {
                var sentence = $"Topic '{Encoding.UTF8.GetString(sample.Topic.Span)}': {row.Problem}.";
                problems[sentence] = problems.GetValueOrDefault(sentence) + 1;
                continue;
            }
            fits++;
            again.ResetWrittenCount();
            if (!resolved.Schema.KeepPayload && resolved.Codec.Encode(row, again) && again.WrittenSpan.SequenceEqual(sample.Payload.Span)) rebuilt++;
        }
        return new SchemaProposal(
            resolved.Schema, samples.Count, fits, rebuilt,
            [.. problems.OrderByDescending(problem => problem.Value).Take(MostProblems).Select(problem => $"{problem.Key} ({problem.Value} messages)")]);
    }
}
