using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Plans;

/// <summary>Lays an activity's own sections over the pipeline's, and those over the defaults.</summary>
internal static class PlanSections
{
    public static JsonElement EmptyObject { get; } = JsonElement.Parse("{}");

    public static JsonSerializerOptions Written { get; } = new(ActivityJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static ResourceRequest Resources(ActivityPlacement placement, ResourcesSection? pipeline, ResourcesSection? own)
    {
        // A control step inside the server holds a slot only where it says so itself.
        bool inline = placement == ActivityPlacement.Inline;
        Quantity cpu = own?.Cpu ?? (inline ? null : pipeline?.Cpu) ?? new Quantity(inline ? 0 : 1);
        Quantity memory = own?.Memory ?? (inline ? null : pipeline?.Memory) ?? default;
        Quantity gpu = own?.Gpu ?? (inline ? null : pipeline?.Gpu) ?? default;
        Priority priority = own?.Priority ?? pipeline?.Priority ?? Priority.Normal;
        return new ResourceRequest(
            Thousandths(cpu), (long)Math.Ceiling(memory.Value), Thousandths(gpu), own?.Pool ?? pipeline?.Pool,
            priority switch { Priority.Low => -10, Priority.High => 10, _ => 0 },
            (own?.GpuModels ?? pipeline?.GpuModels) is { Count: > 0 } models && gpu.Value > 0 ? string.Join('|', models.Distinct().Order(StringComparer.Ordinal)) : null,
            (own?.Nodes ?? pipeline?.Nodes) is { Count: > 0 } nodes ? string.Join(',', nodes.OrderBy(n => n.Key, StringComparer.Ordinal).Select(n => $"{n.Key}={n.Value}")) : null,
            own?.Preemptible ?? pipeline?.Preemptible);
    }

    public static RetryPolicy Retry(RetrySection? pipeline, RetrySection? own)
    {
        RetryPolicy usual = new();
        return new RetryPolicy
        {
            MaxAttempts = own?.MaxAttempts ?? pipeline?.MaxAttempts ?? usual.MaxAttempts,
            MaxInfrastructureAttempts = own?.MaxInfrastructureAttempts ?? pipeline?.MaxInfrastructureAttempts ?? usual.MaxInfrastructureAttempts,
            Backoff = own?.Backoff ?? pipeline?.Backoff ?? usual.Backoff,
            InitialDelay = own?.InitialDelay ?? pipeline?.InitialDelay ?? usual.InitialDelay,
            MaxDelay = own?.MaxDelay ?? pipeline?.MaxDelay ?? usual.MaxDelay,
            Jitter = own?.Jitter ?? pipeline?.Jitter ?? usual.Jitter,
        };
    }

    private static int Thousandths(Quantity quantity) => (int)Math.Min(int.MaxValue, Math.Ceiling(quantity.Value * 1000));
}
