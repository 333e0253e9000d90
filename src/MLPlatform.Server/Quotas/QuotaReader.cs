using System.Text;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Server.Quotas;

/// <summary>Reads what holds of pools and quotas from the store.</summary>
internal sealed class QuotaReader(IQuotaStore store, TimeProvider time)
{
    /// <summary>What holds now.</summary>
    public async Task<QuotaBook> ReadAsync(CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        ResourcesVersion? version = await store.FindAsync(null, cancel);
        return new QuotaBook(version?.Version ?? 0, FileOf(version), [.. (await store.ListExpansionsAsync(now, cancel)).Select(e => e.Expansion)],
            await store.ListMachinesAsync(cancel), await store.ListAllocationsAsync(cancel), now);
    }

    /// <summary>The file of a version; null where it declares nothing.</summary>
    public static ResourcesFile? FileOf(ResourcesVersion? version) =>
        version is not null && ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(version.Json), "resources.json").File is { IsEmpty: false } file ? file : null;
}
