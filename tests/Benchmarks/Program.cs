using Weir.Benchmarks;

// ./bench.sh lists the benchmarks; ./bench.sh NAME [option=value …] runs one.
var all = typeof(IBenchmark).Assembly.GetTypes()
    .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IBenchmark)))
    .Select(type => (IBenchmark)Activator.CreateInstance(type)!)
    .OrderBy(benchmark => benchmark.Name, StringComparer.Ordinal)
    .ToList();

if (args.Length == 0)
{
    foreach (var benchmark in all) Console.WriteLine($"{benchmark.Name,-12} {benchmark.Description}");
    return 0;
}

if (all.Find(benchmark => benchmark.Name == args[0]) is not { } chosen)
{
    Console.Error.WriteLine($"There is no benchmark '{args[0]}'; the names are {string.Join(", ", all.Select(b => b.Name))}.");
    return 1;
}

var figures = await chosen.RunAsync(BenchmarkArguments.Parse(args.AsSpan(1)), CancellationToken.None);
Report.Print(figures);
return 0;
