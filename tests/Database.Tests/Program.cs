using Weir.Database.Tests.Sinks;

// «fill FOLDER» makes this the process that a crash test kills; anything else is for the test runner.
if (args is ["fill", var folder]) return await CrashTests.FillAsync(folder);
return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
