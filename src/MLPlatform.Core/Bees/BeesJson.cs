using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Core.Bees;

/// <summary>How agents and collector write JSON to each other. Fields that one does not know are passed over.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(BatchHeader))]
[JsonSerializable(typeof(CollectorAnswer))]
[JsonSerializable(typeof(ChannelPositions))]
[JsonSerializable(typeof(AgentReport))]
[JsonSerializable(typeof(AgentReportAnswer))]
[JsonSerializable(typeof(AgentConfigView))]
[JsonSerializable(typeof(JsonElement))]
public sealed partial class BeesJson : JsonSerializerContext;
