using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Core.Pipelines.Shapes;

/// <summary>Makes shapes from types, by the same contract that reads and writes them.</summary>
internal static class ShapeOf
{
    private static readonly ConcurrentDictionary<Type, Shape> Known = new();
    private static readonly Lock Making = new();

    public static Shape Get(Type type)
    {
        if (Known.TryGetValue(type, out Shape? known))
            return known;
        lock (Making)
        {
            Dictionary<Type, Shape> fresh = [];
            Shape shape = Make(type, fresh);
            foreach ((Type made, Shape its) in fresh)
                Known.TryAdd(made, its);
            return shape;
        }
    }

    private static Shape Make(Type type, Dictionary<Type, Shape> fresh)
    {
        if (Known.TryGetValue(type, out Shape? shape) || fresh.TryGetValue(type, out shape))
            return shape;
        Type bare = System.Nullable.GetUnderlyingType(type) ?? type;
        shape = Simple(type, bare) ?? Complex(type, bare);
        fresh[type] = shape; // Before its parts: a type may hold itself.
        JsonTypeInfo contract = ActivityJson.Options.GetTypeInfo(bare);
        if (shape.Kind is ShapeKind.Items or ShapeKind.Map)
            shape.Item = Make(contract.ElementType ?? typeof(JsonElement), fresh);
        if (shape.Kind == ShapeKind.Members)
            AddProperties(shape, contract, fresh);
        return shape;
    }

    private static Shape? Simple(Type type, Type bare)
    {
        bool nullable = type != bare;
        ShapeKind? kind =
            bare == typeof(JsonElement) || bare == typeof(object) || typeof(JsonNode).IsAssignableFrom(bare) || bare == typeof(JsonDocument) ? ShapeKind.Any
            : bare == typeof(ArtifactRef) ? ShapeKind.Artifact
            : bare == typeof(string) || bare == typeof(Uri) || bare == typeof(Guid) || bare == typeof(char) ? ShapeKind.Text
            : bare == typeof(bool) ? ShapeKind.Truth
            : bare == typeof(TimeSpan) ? ShapeKind.Duration
            : bare == typeof(Quantity) ? ShapeKind.Quantity
            : bare == typeof(DateTimeOffset) || bare == typeof(DateTime) ? ShapeKind.Instant
            : bare == typeof(DateOnly) ? ShapeKind.Day
            : bare == typeof(double) || bare == typeof(float) || bare == typeof(decimal) ? ShapeKind.Number
            : IsWhole(bare) ? ShapeKind.Whole
            : null;
        if (kind is not null)
            return new Shape { Kind = kind.Value, Type = bare, Nullable = nullable || kind is ShapeKind.Any };
        if (!bare.IsEnum)
            return null;
        IEnumerable<string> words = Enum.GetValues(bare).Cast<object>().Distinct().Select(v => JsonSerializer.SerializeToElement(v, bare, ActivityJson.Options))
            .Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!);
        return new Shape { Kind = ShapeKind.Choice, Type = bare, Nullable = nullable, Choices = [.. words] };
    }

    private static bool IsWhole(Type type) => !type.IsEnum && Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;

    private static Shape Complex(Type type, Type bare)
    {
        JsonTypeInfo contract = ActivityJson.Options.GetTypeInfo(bare);
        ShapeKind kind = contract.Kind switch
        {
            JsonTypeInfoKind.Object => ShapeKind.Members,
            JsonTypeInfoKind.Enumerable => ShapeKind.Items,
            JsonTypeInfoKind.Dictionary => ShapeKind.Map,
            _ => ShapeKind.Custom,
        };
        return new Shape { Kind = kind, Type = bare, Nullable = type != bare };
    }

    private static void AddProperties(Shape shape, JsonTypeInfo contract, Dictionary<Type, Shape> fresh)
    {
        if (contract.PolymorphismOptions is { } many)
        {
            shape.Discriminator = many.TypeDiscriminatorPropertyName;
            foreach (JsonDerivedType derived in many.DerivedTypes.Where(d => d.TypeDiscriminator is not null && d.DerivedType != shape.Type))
            {
                Shape variant = Make(derived.DerivedType, fresh);
                variant.Discriminator = shape.Discriminator;
                shape.Variants[derived.TypeDiscriminator!.ToString()!] = variant;
            }
        }
        foreach (JsonPropertyInfo property in contract.Properties.Where(p => p.Set is not null || p.AssociatedParameter is not null))
        {
            shape.Properties[property.Name] = new ShapeProperty
            {
                Name = property.Name,
                Shape = Make(property.PropertyType, fresh),
                Required = property.IsRequired,
                Nullable = property.IsSetNullable || System.Nullable.GetUnderlyingType(property.PropertyType) is not null,
                ItemNullable = NullableItems.Of(property.AttributeProvider),
                Rules = [.. property.AttributeProvider?.GetCustomAttributes(typeof(ValidationAttribute), true).Cast<ValidationAttribute>() ?? []],
            };
        }
    }
}
