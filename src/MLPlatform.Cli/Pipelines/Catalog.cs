using MLPlatform.Core.Activities;

namespace MLPlatform.Cli.Pipelines;

/// <summary>The activity types that this program knows, for work without a server.</summary>
internal static class Catalog
{
    public static ActivityCatalog BuiltIn() => MLPlatform.Server.Activities.BuiltInActivities.Catalog();
}
