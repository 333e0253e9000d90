using MLPlatform.Core.Deployments;

namespace MLPlatform.Core.Triggers;

/// <summary>Where triggers read what a deployment answered and what came of it.</summary>
public interface IFeedbackSource
{
    /// <summary>Whether this server keeps the story of a deployment; of several servers one does, and decides by it.</summary>
    Task<bool> IsKeptHereAsync(string deployment, CancellationToken cancel);

    /// <summary>The story of a deployment; null where there is no such deployment.</summary>
    /// <param name="back">How far back at least, by the time of arrival.</param>
    Task<FeedbackSeries?> FindAsync(string deployment, TimeSpan back, CancellationToken cancel);
}
