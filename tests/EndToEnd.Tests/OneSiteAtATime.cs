// A site runs a model on all cores: several at once would only wait for each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
