namespace Orleans
{
    /// <summary>A grain that can have reminders.</summary>
    public interface IRemindable : IGrain
    {
        /// <summary>
        /// A reminder ticks: a request like any other. One that fails is not repeated before the reminder's next tick.
        /// </summary>
        /// <param name="reminderName">The reminder's name.</param>
        /// <param name="status">When it ticks.</param>
        Task ReceiveReminder(string reminderName, Runtime.TickStatus status);
    }
}

namespace Orleans.Runtime
{
    /// <summary>A reminder of a grain, as it was when it was asked for.</summary>
    public interface IGrainReminder
    {
        /// <summary>The name, unique within the grain.</summary>
        string ReminderName { get; }
    }

    /// <summary>When a reminder ticks. Immutable.</summary>
    [Immutable, GenerateSerializer]
    public readonly struct TickStatus
    {
        /// <summary>A tick.</summary>
        public TickStatus(DateTime firstTickTime, TimeSpan period, DateTime timeStamp)
        {
            FirstTickTime = firstTickTime;
            Period = period;
            CurrentTickTime = timeStamp;
        }

        /// <summary>When the reminder first ticked, or should have: its schedule counts from there. UTC.</summary>
        [Id(0)]
        public DateTime FirstTickTime { get; }

        /// <summary>From tick to tick.</summary>
        [Id(1)]
        public TimeSpan Period { get; }

        /// <summary>Now, by the silo's clock. UTC.</summary>
        [Id(2)]
        public DateTime CurrentTickTime { get; }

        /// <summary>The three times.</summary>
        public override string ToString() => $"<{FirstTickTime}, {Period}, {CurrentTickTime}>";
    }

    /// <summary>A reminder could not be stored or removed, since somebody else has changed it.</summary>
    public sealed class ReminderException : OrleansException
    {
        /// <summary>An error with a message.</summary>
        public ReminderException(string message) : base(message)
        {
        }
    }
}
