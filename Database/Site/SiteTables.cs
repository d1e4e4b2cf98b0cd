using Weir.Database.Rows;

namespace Weir.Database.Site;

/// <summary>How gaps and models lie in their tables.</summary>
internal static class SiteTables
{
    public static readonly RowTable<GapRow> Gaps = new(
        "gaps",
        [RowColumn.Text("id", 64)],
        [
            RowColumn.Text("source", 255), "from_time", "to_time", RowColumn.OptionalText("from_place", 64), RowColumn.OptionalText("to_place", 64), RowColumn.Text("cause", 32), "lost",
            RowColumn.Text("detail", 2000), "noticed",
        ],
        (row, values) =>
        {
            values.Add(row.Id);
            values.Add(row.Source);
            values.Add(row.FromTime);
            values.Add(row.ToTime);
            values.Add(row.FromPlace);
            values.Add(row.ToPlace);
            values.Add(row.Cause);
            values.Add(row.Lost);
            values.Add(row.Detail);
            values.Add(row.Noticed);
        });

    public static readonly RowTable<(string Name, string Version, long FirstSeen)> Models = new(
        "models",
        [RowColumn.Text("model", 64), RowColumn.Text("model_version", 64)],
        ["first_seen"],
        (row, values) =>
        {
            values.Add(row.Name);
            values.Add(row.Version);
            values.Add(row.FirstSeen);
        });
}
