using Weir.Archive.Tests.Exchanges;

// «writer FOLDER» makes this the process that a crash test kills, «ask FOLDER» the one that has little memory; anything
// else is for the test runner.
if (args is ["writer", var folder]) return await CrashingWriter.RunAsync(folder);
if (args is ["ask", var asked]) return await LittleMemoryTests.AskAsync(asked);
return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
