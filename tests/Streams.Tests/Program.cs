using Weir.Streams.Tests.SegmentLog;
using Xunit.Runner.InProc.SystemConsole;

// Without arguments of our own: the tests. The other form is the process that a crash test kills.
return args is [AppendUntilKilled.Command, var folder, var durability]
    ? await AppendUntilKilled.RunAsync(folder, durability)
    : await ConsoleRunner.Run(args);
