using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Activities;

/// <summary>Fills in inputs that name something the platform keeps, so that an attempt is handed the thing itself, unchanging.</summary>
public interface IInputResolver
{
    /// <summary>Whether the inputs name anything that it fills in. They may still hold expressions.</summary>
    bool Concerns(string type, JsonElement inputs);

    /// <summary>The inputs with the things in them; the same ones however often the same activity of the same run asks.</summary>
    /// <exception cref="ActivityException">What is named is not there.</exception>
    Task<JsonElement> ResolveAsync(InputOrigin origin, JsonElement inputs, CancellationToken cancel);
}

/// <summary>Whose inputs they are.</summary>
/// <param name="Activity">The activity's name; of an instance with its number: <c>collect[3]</c>.</param>
public sealed record InputOrigin(RunId Run, string Pipeline, string Activity);
