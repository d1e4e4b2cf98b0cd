using System.Data.Common;
using Dapper;
using Weir.Database.Rows;

namespace Weir.Database.Site;

/// <summary>The record of who changed what. It is written in the transaction of the change.</summary>
internal static class AuditRecord
{
    /// <summary>Notes a change; texts that are too long are cut.</summary>
    public static Task NoteAsync(DbConnection connection, DbTransaction transaction, AuditRow change) => connection.ExecuteAsync(
        "INSERT INTO audit (happened_at, id, user_name, change_name, item, detail) VALUES (@HappenedAt, @id, @user, @What, @item, @detail)",
        new
        {
            change.HappenedAt, id = Guid.CreateVersion7().ToString("N"), user = CutText.Of(change.UserName, 200), change.What,
            item = CutText.Of(change.Item, 255), detail = CutText.Of(change.Detail, 2000),
        }, transaction);
}
