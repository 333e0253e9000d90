using System.Reflection;

namespace MLPlatform.Core.Activities;

/// <summary>All activity types that a pipeline may name.</summary>
public sealed class ActivityCatalog
{
    private readonly Dictionary<string, ActivityDescriptor> _byType;

    public ActivityCatalog(IEnumerable<ActivityDescriptor> descriptors) =>
        _byType = descriptors.ToDictionary(d => d.Type, StringComparer.Ordinal);

    public IReadOnlyCollection<ActivityDescriptor> All => _byType.Values;

    public ActivityDescriptor? Find(string type) => _byType.GetValueOrDefault(type);

    /// <summary>Finds every class with an <see cref="ActivityAttribute"/> in the given assemblies.</summary>
    public static ActivityCatalog FromAssemblies(params Assembly[] assemblies) =>
        FromTypes(assemblies.SelectMany(a => a.GetTypes()));

    /// <summary>Takes those of the given classes that have an <see cref="ActivityAttribute"/>.</summary>
    public static ActivityCatalog FromTypes(IEnumerable<Type> types) =>
        new(types.Where(t => t.IsDefined(typeof(ActivityAttribute), inherit: false)).Select(Describe));

    private static ActivityDescriptor Describe(Type implementation)
    {
        ActivityAttribute attribute = implementation.GetCustomAttribute<ActivityAttribute>()!;
        foreach (Type contract in implementation.GetInterfaces().Where(i => i.IsGenericType))
        {
            Type kind = contract.GetGenericTypeDefinition();
            Type[] arguments = contract.GetGenericArguments();
            if (kind == typeof(IActivity<,>))
                return Describe(attribute, implementation, ActivityPlacement.Worker, arguments[0], arguments[1]);
            if (kind == typeof(IInlineActivity<>))
                return Describe(attribute, implementation, ActivityPlacement.Inline, arguments[0], attribute.Outputs);
            if (kind == typeof(IScriptActivity<>))
                return Describe(attribute, implementation, ActivityPlacement.Script, arguments[0], null);
        }
        throw new InvalidOperationException($"{implementation} has [Activity] but implements no activity interface");
    }

    private static ActivityDescriptor Describe(
        ActivityAttribute attribute, Type implementation, ActivityPlacement placement, Type inputs, Type? outputs) => new()
        {
            Type = attribute.Type,
            Version = attribute.Version,
            Placement = placement,
            Cacheable = attribute.Cacheable,
            MemoryCounts = attribute.MemoryCounts,
            RunsAhead = attribute.RunsAhead,
            Checkpoints = attribute.Checkpoints,
            Implementation = implementation,
            InputsType = inputs,
            OutputsType = outputs,
            Summary = implementation.GetCustomAttribute<System.ComponentModel.DescriptionAttribute>()?.Description ?? attribute.Type,
        };
}
