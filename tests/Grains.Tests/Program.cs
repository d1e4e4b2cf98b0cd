using Weir.Grains.Tests.Exchanges;

// «exchange FOLDER OPERATION» makes this the process that a crash test kills; anything else is for the test runner.
if (args is ["exchange", var folder, var operation]) return await KilledExchangeTests.ServeAsync(folder, operation);
return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
