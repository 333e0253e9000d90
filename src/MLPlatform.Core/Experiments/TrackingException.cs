namespace MLPlatform.Core.Experiments;

/// <summary>What kind of refusal it is; each has a name and a status in the protocol of clients.</summary>
public enum TrackingRefusal
{
    Invalid,
    Exists,
    Missing,
    Forbidden,
    NotOffered,
}

/// <summary>A refusal that a client is told: it undoes what was begun.</summary>
/// <param name="code">A stable code, <c>TRACK-…</c>.</param>
public sealed class TrackingException(TrackingRefusal refusal, string code, string message) : Exception($"{code}: {message}")
{
    public TrackingRefusal Refusal { get; } = refusal;

    public string Code { get; } = code;

    public static TrackingException NoExperiment(string which) => new(TrackingRefusal.Missing, "TRACK-001", $"There is no experiment {which}.");

    public static TrackingException NoRun(string id) => new(TrackingRefusal.Missing, "TRACK-002", $"There is no run '{id}'.");

    public static TrackingException Deleted(string what) =>
        new(TrackingRefusal.Invalid, "TRACK-008", $"{what} is deleted, and what is deleted cannot be changed. Restore it first.");

    public static TrackingException ParameterChanged(string run, string key, string before, string now) => new(TrackingRefusal.Invalid, "TRACK-004",
        $"The parameter '{key}' of the run '{run}' is '{Short(before)}' and cannot become '{Short(now)}': parameters are logged once. Start a new run, or use a tag.");

    private static string Short(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
