using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Worker.Work;

/// <summary>The activities this worker can run: the built-in ones, and those of the assemblies it was told of.</summary>
internal sealed class Activities(IArtifactStore artifacts, TimeProvider time)
{
    /// <summary>Names further assemblies, separated by colons.</summary>
    public const string AssembliesVariable = "MLP_ACTIVITY_ASSEMBLIES";

    private const string BuiltIn = "MLPlatform.Activities";

    private readonly ActivityCatalog _catalog = ActivityCatalog.FromTypes(
        [.. Assembly.Load(BuiltIn).GetTypes(), .. More().SelectMany(TypesOf)]);

    private readonly ServiceProvider _services = new ServiceCollection()
        .AddSingleton(artifacts)
        .AddSingleton(time)
        .BuildServiceProvider();

    public IArtifactStore Artifacts { get; } = artifacts;

    /// <summary>Null if there is no such activity, or it does not run in a worker.</summary>
    public ActivityInvoker? Find(string type)
    {
        if (_catalog.Find(type) is not { Placement: ActivityPlacement.Worker, OutputsType: Type outputs } descriptor)
            return null;
        object activity = ActivatorUtilities.CreateInstance(_services, descriptor.Implementation);
        return (ActivityInvoker)Activator.CreateInstance(
            typeof(ActivityInvoker<,>).MakeGenericType(descriptor.InputsType, outputs), activity)!;
    }

    /// <summary>Whether equal inputs fail alike: what may be answered from the cache, and reads no files from outside, which may have changed or arrived.</summary>
    public bool FailsAlike(string type) =>
        _catalog.Find(type) is { Cacheable: true } found && !found.InputsType.GetProperties().Any(p => p.IsDefined(typeof(ExternalFilesAttribute)));

    private static IEnumerable<Assembly> More() =>
        (Environment.GetEnvironmentVariable(AssembliesVariable) ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(Assembly.LoadFrom);

    // An assembly may hold types that need what is not here (a web framework, say); its activities need not.
    private static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            return e.Types.Where(t => t is not null)!;
        }
    }
}
