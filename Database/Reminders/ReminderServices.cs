using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;

namespace Weir.Database.Reminders;

/// <summary>Registers the reminders of a site.</summary>
public static class ReminderServices
{
    /// <summary>Keeps reminders in the database that <see cref="DatabaseServices.AddSiteDatabase"/> added.</summary>
    public static ISiloBuilder UseSqlReminders(this ISiloBuilder silo)
    {
        silo.AddReminders();
        silo.Services.AddSingleton<IReminderTable, SqlReminderTable>();
        return silo;
    }
}
