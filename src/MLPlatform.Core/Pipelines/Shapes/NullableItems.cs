using System.Reflection;

namespace MLPlatform.Core.Pipelines.Shapes;

/// <summary>
/// Whether the items of a list, or the values of a map, may be null: <c>IReadOnlyDictionary&lt;string, string?&gt;</c>. The
/// contract of the serializer does not know it of reference types; the property's own declaration does.
/// </summary>
internal static class NullableItems
{
    public static bool Of(ICustomAttributeProvider? declared) => declared is PropertyInfo property && Of(property);

    private static bool Of(PropertyInfo property)
    {
        // Not thread-safe, so each look has its own.
        NullabilityInfo info = new NullabilityInfoContext().Create(property);
        return info.GenericTypeArguments is [.., { ReadState: NullabilityState.Nullable }];
    }
}
