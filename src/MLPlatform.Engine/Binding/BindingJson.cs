using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Engine.Binding;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Dictionary<string, JsonElement?>))]
[JsonSerializable(typeof(ArtifactRef))]
[JsonSerializable(typeof(SortedDictionary<string, string>))]
[JsonSerializable(typeof(string))]
internal sealed partial class BindingJson : JsonSerializerContext;
