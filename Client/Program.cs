using System.CommandLine;
using Weir.Client.Streams;

return await new RootCommand("Looks at what a site of Weir keeps.") { StreamsCommand.Create() }.Parse(args).InvokeAsync();
