using MLPlatform.Core.Datasets;
using MLPlatform.Core.Runs;

namespace MLPlatform.Tests.Triggers;

/// <summary>A world without datasets; triggers on datasets are tested on the real stores.</summary>
internal sealed class WorldDatasets : IDatasetStore
{
    public Task<IReadOnlyList<DatasetVersion>> ListVersionsAsync(string name, CancellationToken cancel) => Task.FromResult<IReadOnlyList<DatasetVersion>>([]);

    public Task<IReadOnlyList<Dataset>> ListAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<Dataset>>([]);

    public Task<Dataset?> FindAsync(string name, CancellationToken cancel) => Task.FromResult<Dataset?>(null);

    public Task<DatasetVersion?> FindVersionAsync(string name, int? version, DateTimeOffset? asOf, CancellationToken cancel) => Task.FromResult<DatasetVersion?>(null);

    public Task<PublishResult> PublishAsync(DatasetPublication publication, CancellationToken cancel) => throw new NotSupportedException();

    public Task<bool> ConfigureAsync(string name, DatasetSettings settings, CancellationToken cancel) => throw new NotSupportedException();

    public Task RecordReadAsync(RunId run, int node, DatasetVersion version, CancellationToken cancel) => throw new NotSupportedException();
}
