using Weir.Mqtt.Tests.Robustness;

// «crowd PORT COUNT» makes this the process of a crowd's clients; anything else is for the test runner.
if (args is ["crowd", var port, var count]) return Crowd.Run(int.Parse(port), int.Parse(count));
return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
