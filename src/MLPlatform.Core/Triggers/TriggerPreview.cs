namespace MLPlatform.Core.Triggers;

/// <summary>A firing that would have been.</summary>
/// <param name="Reasons">Each condition that held.</param>
public sealed record PreviewedFiring(DateTimeOffset At, IReadOnlyList<string> Reasons, FeedbackPicture Picture);

/// <summary>What a feedback trigger would have done.</summary>
/// <param name="From">Where the story begins.</param>
/// <param name="Until">How far it is told.</param>
/// <param name="Now">What it says at the end, firing or not.</param>
public sealed record TriggerPreview(DateTimeOffset? From, DateTimeOffset? Until, IReadOnlyList<PreviewedFiring> Firings, string Now);
