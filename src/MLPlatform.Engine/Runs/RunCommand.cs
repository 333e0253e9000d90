using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Engine.Runs;

/// <summary>What may be done to a run, as one replica writes it down for another.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Cancel), "cancel")]
[JsonDerivedType(typeof(Pause), "pause")]
[JsonDerivedType(typeof(Unpause), "unpause")]
[JsonDerivedType(typeof(Rewind), "rewind")]
[JsonDerivedType(typeof(Signal), "signal")]
[JsonDerivedType(typeof(Preempt), "preempt")]
internal abstract record RunCommand(string By)
{
    public sealed record Cancel(string By) : RunCommand(By);

    public sealed record Pause(string By) : RunCommand(By);

    public sealed record Unpause(string By) : RunCommand(By);

    /// <param name="From">Activities by name; null: whatever did not succeed.</param>
    public sealed record Rewind(string By, IReadOnlyList<string>? From) : RunCommand(By);

    public sealed record Signal(string By, string Activity, string Name, JsonElement Payload) : RunCommand(By);

    /// <param name="By">Why, and for whom.</param>
    public sealed record Preempt(string By, int Node, int Number) : RunCommand(By);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunCommand))]
internal sealed partial class RunCommandJson : JsonSerializerContext;
