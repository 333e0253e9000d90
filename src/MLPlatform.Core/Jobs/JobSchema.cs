using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Jobs;

/// <summary>The JSON Schemas (draft 2020-12) of jobs and frameworks, made from the types that read them.</summary>
public static class JobSchema
{
    /// <summary>That of job files, ending with a line break.</summary>
    public static string Job() => SettingsSchema.Generate<JobFile>("MLPlatform training job");

    /// <summary>That of frameworks, ending with a line break.</summary>
    public static string Framework() => SettingsSchema.Generate<FrameworkFile>("MLPlatform framework");
}
