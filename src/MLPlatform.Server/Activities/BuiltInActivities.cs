using System.Reflection;
using MLPlatform.Core.Activities;

namespace MLPlatform.Server.Activities;

/// <summary>The activity types that ship.</summary>
public static class BuiltInActivities
{
    public static ActivityCatalog Catalog() => ActivityCatalog.FromAssemblies(Assembly.Load("MLPlatform.Activities"));
}
