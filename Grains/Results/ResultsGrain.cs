using Orleans.Concurrency;
using Weir.Database.Detections;
using Weir.Database.Evidence;
using Weir.Database.Retention;
using Weir.Database.Scenes;
using Weir.Database.Sinks;
using Weir.Database.Site;
using Weir.Grains.Cameras;
using Weir.Grains.Interfaces.Results;

namespace Weir.Grains.Results;

/// <summary>Answers out of the database. It keeps nothing, so each silo has as many of it as are asked at one time.</summary>
[StatelessWorker]
internal sealed class ResultsGrain(
    DetectionTable detections, TrackTable tracks, SceneEventTable events, EvidenceStore evidence, DeadLetterTable deadLetters,
    RowRetention retention, SiteCatalogue catalogue) : Grain, IResultsGrain
{
    private const int MostDetections = 10_000;
    private const int MostRows = 1_000;
    private const long MostIntervals = 10_000;

    public async Task<DetectionPage> QueryDetectionsAsync(DetectionQuery query)
    {
        CheckLimit(query.Limit, MostDetections);
        if (query.Text is { } text)
            return new DetectionPage([.. (await detections.SearchAsync(text, query.From, query.To, query.Limit)).Select(ResultMapping.ToMessage)], null);
        var rows = await detections.QueryAsync(new DetectionFilter
        {
            Camera = query.Camera, Class = query.Class, Zone = query.Zone, Track = query.Track, From = query.From, To = query.To,
            IsNewestFirst = query.IsNewestFirst, After = DetectionPlace.Parse(query.After), Limit = query.Limit,
        });
        var next = rows.Count < query.Limit ? null : DetectionPlace.Text(rows[^1].Key);
        return new DetectionPage([.. rows.Select(ResultMapping.ToMessage)], next);
    }

    public async Task<IReadOnlyList<DetectionCount>> CountDetectionsAsync(CountQuery query)
    {
        var interval = query.Interval.Ticks / TimeSpan.TicksPerMicrosecond;
        if (interval > 0 && (query.To - query.From) / interval > MostIntervals)
            throw new ArgumentException($"from and to must be at most {MostIntervals:#,0} intervals apart; take a longer interval.");
        var counts = await detections.CountAsync(query.Camera, query.Class, query.From, query.To, interval);
        return [.. counts.Select(count => new DetectionCount(ResultMapping.ToTime(count.Start), count.Class, count.Detections, count.MostAtOnce))];
    }

    public async Task<TrackPage> QueryTracksAsync(TrackQuery query)
    {
        CheckLimit(query.Limit, MostRows);
        var rows = await tracks.QueryAsync(new TrackFilter
        {
            Camera = query.Camera, Class = query.Class, From = query.From, To = query.To, Limit = query.Limit,
            After = ResultPlaces.ParseTrack(query.After),
        });
        var next = rows.Count < query.Limit ? null : ResultPlaces.Text(rows[^1]);
        return new TrackPage([.. rows.Select(ResultMapping.ToMessage)], next);
    }

    public async Task<SceneEventPage> QueryEventsAsync(SceneEventQuery query)
    {
        CheckLimit(query.Limit, MostRows);
        if (query.Text is { } text)
            return new SceneEventPage([.. (await events.SearchAsync(text, query.From, query.To, query.Limit)).Select(ResultMapping.ToMessage)], null);
        var rows = await events.QueryAsync(new SceneEventFilter
        {
            Camera = query.Camera, Kind = query.Kind, Zone = query.Zone, From = query.From, To = query.To, Limit = query.Limit,
            After = ResultPlaces.Parse(query.After),
        });
        var next = rows.Count < query.Limit ? null : ResultPlaces.Text(rows[^1]);
        return new SceneEventPage([.. rows.Select(ResultMapping.ToMessage)], next);
    }

    public async Task<EvidencePiece?> GetEvidenceAsync(string sha256) =>
        await evidence.FindAsync(sha256) is { } known && await evidence.ReadAsync(sha256) is { } content
            ? new EvidencePiece(known.MediaType, content)
            : null;

    public async Task<IReadOnlyList<DeadLetterSummary>> ListDeadLettersAsync() =>
        [.. (await deadLetters.ListAsync(100)).Select(letter => new DeadLetterSummary(
            letter.Stream, letter.Place, letter.Topic, letter.Fault, letter.Bytes, ResultMapping.ToTime(letter.Noticed)))];

    public async Task<IReadOnlyList<ExpiredRowsSummary>> PreviewRetentionAsync() =>
        [.. (await retention.PreviewAsync()).Select(rows => new ExpiredRowsSummary(rows.Table, rows.Class, ResultMapping.ToTime(rows.Before), rows.Rows))];

    public async Task<IReadOnlyList<ChangeSummary>> ListChangesAsync(long from, long to, int limit)
    {
        CheckLimit(limit, MostRows);
        return [.. (await catalogue.AuditAsync(from, to, limit)).Select(row => new ChangeSummary(
            ResultMapping.ToTime(row.HappenedAt), row.UserName, row.What, row.Item, row.Detail))];
    }

    public async Task<IReadOnlyList<GapSummary>> ListGapsAsync(long from, long to, int limit)
    {
        CheckLimit(limit, MostRows);
        return [.. (await catalogue.GapsAsync(from, to, limit)).Select(ResultMapping.ToMessage)];
    }

    private static void CheckLimit(int limit, int most)
    {
        if (limit < 1 || limit > most) throw new ArgumentException($"limit must be between 1 and {most:#,0}, but is {limit}.");
    }
}
