using MLPlatform.Core.Bees;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees;

/// <summary>Reads a source by itself, from where its log says that it is, until it is cancelled.</summary>
internal interface IConnector
{
    SourceKind Kind { get; }

    /// <param name="healthy">Called when it reads: what hindered it before is over.</param>
    Task RunAsync(SourceDefinition source, LandingLog log, Action healthy, CancellationToken cancel);
}
