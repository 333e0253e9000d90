using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Sweeps;

/// <summary>The JSON Schema (draft 2020-12) of sweep files, made from the types that read them.</summary>
public static class SweepSchema
{
    /// <summary>The schema's text, ending with a line break.</summary>
    public static string Generate() => SettingsSchema.Generate<SweepFile>("MLPlatform sweep");
}
