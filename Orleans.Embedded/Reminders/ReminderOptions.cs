using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>Options of reminders.</summary>
public sealed class ReminderOptions
{
    /// <summary>The least period that a reminder may have; not negative, by default one minute.</summary>
    public TimeSpan MinimumReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the table is read for what others have written to it; by default five minutes.</summary>
    public TimeSpan RefreshReminderListPeriod { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the start of the table may take; by default five minutes.</summary>
    public TimeSpan InitializationTimeout { get; set; } = TimeSpan.FromMinutes(5);
}

/// <summary>Checks the options of reminders before the silo starts.</summary>
internal sealed class ReminderOptionsValidator(IOptions<ReminderOptions> options) : IConfigurationValidator
{
    public void ValidateConfiguration()
    {
        var minimum = options.Value.MinimumReminderPeriod;
        if (minimum < TimeSpan.Zero)
        {
            throw new OrleansConfigurationException(
                $"ReminderOptions.MinimumReminderPeriod must not be less than zero, but is {minimum}");
        }

        CheckPositive(nameof(ReminderOptions.RefreshReminderListPeriod), options.Value.RefreshReminderListPeriod);
        CheckPositive(nameof(ReminderOptions.InitializationTimeout), options.Value.InitializationTimeout);
    }

    private static void CheckPositive(string option, TimeSpan time)
    {
        if (time <= TimeSpan.Zero)
        {
            throw new OrleansConfigurationException($"ReminderOptions.{option} must be more than zero, but is {time}");
        }
    }
}
