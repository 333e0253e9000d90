namespace MLPlatform.Server.Deployments;

/// <summary>What a process serves: the deployments of a platform, or the one that it was started with.</summary>
internal interface IServing
{
    /// <summary>A deployment to use, or null where there is none; dispose it when done.</summary>
    /// <exception cref="Core.Activities.ActivityException">SERVE-003: its models cannot be loaded.</exception>
    ValueTask<ServedDeployment?> UseAsync(string name, CancellationToken cancel);

    /// <summary>Whether every deployment can answer.</summary>
    ValueTask<bool> IsReadyAsync(CancellationToken cancel);
}

/// <summary>Where answered requests go.</summary>
internal interface IImpressions
{
    /// <summary>Takes a request that was answered, or that a version failed to answer; it never waits. The request's use of its deployment passes over.</summary>
    void Add(AnsweredRequest request);
}
