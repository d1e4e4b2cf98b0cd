using Weir.Silo.Start;

return await SiteArguments.RunAsync(args, Site.RunAsync);
