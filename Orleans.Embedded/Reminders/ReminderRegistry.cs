using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Timers;

/// <inheritdoc cref="IReminderRegistry"/>
internal sealed class ReminderRegistry(ReminderService service, IOptions<ReminderOptions> options) : IReminderRegistry
{
    public static OrleansConfigurationException NotConfigured() => new(
        "reminders need a table: add one to the silo, for example with UseInMemoryReminderService()");

    public Task<IGrainReminder> RegisterOrUpdateReminder(
        GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        ThrowIfNegative(dueTime, nameof(dueTime));
        ThrowIfNegative(period, nameof(period));
        ArgumentException.ThrowIfNullOrEmpty(reminderName);
        var least = options.Value.MinimumReminderPeriod;
        if (period < least || period == TimeSpan.Zero)
        {
            throw new ArgumentException(
                $"reminder '{reminderName}' of grain '{callingGrainId}': its period must be more than zero and at least "
                + $"ReminderOptions.MinimumReminderPeriod, which is {least}, but is {period}", nameof(period));
        }

        return InTurn().RegisterOrUpdateReminder(callingGrainId, reminderName, dueTime, period);
    }

    public Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder) => InTurn().UnregisterReminder(reminder);

    public Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName)
    {
        ArgumentException.ThrowIfNullOrEmpty(reminderName);
        return InTurn().GetReminder(callingGrainId, reminderName);
    }

    public Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId) => InTurn().GetReminders(callingGrainId);

    private static void ThrowIfNegative(TimeSpan time, string name)
    {
        if (time < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(name, time, $"{name} of a reminder must not be negative or infinite, but is {time}");
        }
    }

    private ReminderService InTurn() => RuntimeContext.Current is null
        ? throw new InvalidOperationException("reminders can only be used in a turn of their grain: not in Task.Run")
        : service;
}
