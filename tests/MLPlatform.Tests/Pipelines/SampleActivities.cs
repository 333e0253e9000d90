using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Tests.Pipelines;

/// <summary>Activity types for tests of the compiler; never run.</summary>
internal static class SampleActivities
{
    public static ActivityCatalog Catalog { get; } = new(
    [
        Describe<Make, Make.Inputs>("test.make", typeof(Make.Outputs)),
        Describe<Use, Use.Inputs>("test.use", typeof(Use.Outputs)),
        Describe<Script, Script.Inputs>("test.script", null, ActivityPlacement.Script),
        Describe<Step, Step.Inputs>("test.step", null, ActivityPlacement.Inline),
        Describe<Step, Step.Inputs>("test.quiet", typeof(NoOutputs), ActivityPlacement.Inline),
    ]);

    private static ActivityDescriptor Describe<T, TInputs>(string type, Type? outputs, ActivityPlacement placement = ActivityPlacement.Worker) => new()
    {
        Type = type,
        Version = 1,
        Placement = placement,
        Cacheable = true,
        Implementation = typeof(T),
        InputsType = typeof(TInputs),
        OutputsType = outputs,
        Summary = type,
    };

    internal sealed class Make
    {
        public sealed record Inputs
        {
            [Description("Where it comes from.")]
            public required string Source { get; init; }
            public DateOnly? Until { get; init; }
        }

        public sealed record Outputs(ArtifactRef Table, long Rows, double Auc, IReadOnlyList<string> Days, Detail Detail);

        public sealed record Detail(int Depth, string Note);
    }

    internal sealed class Use
    {
        public enum Mode
        {
            Fast,
            VerySlow,
        }

        [JsonPolymorphic(TypeDiscriminatorPropertyName = "rule")]
        [JsonDerivedType(typeof(Drop), "drop")]
        [JsonDerivedType(typeof(Keep), "keep")]
        public abstract record Rule;

        public sealed record Drop : Rule
        {
            public required string Column { get; init; }
        }

        public sealed record Keep : Rule
        {
            public IReadOnlyList<string> Columns { get; init; } = [];
        }

        public sealed record Inputs
        {
            public required ArtifactRef Table { get; init; }

            [Range(0.0, 1.0)]
            public double Ratio { get; init; } = 0.5;
            public int Dim { get; init; }
            public Mode Mode { get; init; }
            public bool Fresh { get; init; }
            public TimeSpan? Window { get; init; }
            public IReadOnlyList<Rule> Rules { get; init; } = [];
            public IReadOnlyDictionary<string, int> Weights { get; init; } = new Dictionary<string, int>();
            public IReadOnlyDictionary<string, string?> Replace { get; init; } = new Dictionary<string, string?>();
            public IReadOnlyDictionary<string, string> Rename { get; init; } = new Dictionary<string, string>();
            public IReadOnlyList<string?> Names { get; init; } = [];
            public string? Note { get; init; }
        }

        public sealed record Outputs(ArtifactRef Model, double Auc);
    }

    internal sealed class Script
    {
        public sealed record Inputs
        {
            public required IReadOnlyList<string> Command { get; init; }
            public System.Text.Json.JsonElement? Arguments { get; init; }
        }
    }

    internal sealed class Step
    {
        public sealed record Inputs;
    }
}
