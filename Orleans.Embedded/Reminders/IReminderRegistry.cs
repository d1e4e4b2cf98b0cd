using Orleans.Runtime;

namespace Orleans
{
    /// <summary>Keeps the schedule of reminders.</summary>
    public interface IReminderService
    {
        /// <summary>Lets reminders tick.</summary>
        Task Start();

        /// <summary>Ends ticking, once the ticks that run have ended.</summary>
        Task Stop();

        /// <inheritdoc cref="Timers.IReminderRegistry.RegisterOrUpdateReminder"/>
        Task<IGrainReminder> RegisterOrUpdateReminder(
            GrainId grainId, string reminderName, TimeSpan dueTime, TimeSpan period);

        /// <inheritdoc cref="Timers.IReminderRegistry.UnregisterReminder"/>
        Task UnregisterReminder(IGrainReminder reminder);

        /// <inheritdoc cref="Timers.IReminderRegistry.GetReminder"/>
        Task<IGrainReminder?> GetReminder(GrainId grainId, string reminderName);

        /// <inheritdoc cref="Timers.IReminderRegistry.GetReminders"/>
        Task<List<IGrainReminder>> GetReminders(GrainId grainId);
    }
}

namespace Orleans.Timers
{
    /// <summary>The reminders of the calling grain; for use in the turns of a grain.</summary>
    public interface IReminderRegistry
    {
        /// <summary>Adds a reminder, or gives the one of that name another schedule.</summary>
        /// <param name="callingGrainId">The grain.</param>
        /// <param name="reminderName">The name, unique within the grain.</param>
        /// <param name="dueTime">From now to the first tick; not negative.</param>
        /// <param name="period">From tick to tick; at least <see cref="Hosting.ReminderOptions.MinimumReminderPeriod"/>.</param>
        /// <exception cref="ArgumentException">A time is out of its range, or the name is empty.</exception>
        /// <exception cref="ReminderException">The reminder could not be stored.</exception>
        Task<IGrainReminder> RegisterOrUpdateReminder(
            GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period);

        /// <summary>Removes a reminder. One that is gone already is no error.</summary>
        /// <exception cref="ReminderException">The reminder has changed since it was asked for.</exception>
        Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder);

        /// <summary>The reminder of that name, null if there is none.</summary>
        Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName);

        /// <summary>All reminders of the grain.</summary>
        Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId);
    }
}
