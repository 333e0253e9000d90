using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Features;

/// <summary>The JSON Schema (draft 2020-12) of feature groups, made from the types that read them.</summary>
public static class FeatureGroupSchema
{
    /// <summary>The schema's text, ending with a line break.</summary>
    public static string Generate() => SettingsSchema.Generate<FeatureGroup>("MLPlatform feature group");
}
