using System.Text.Json.Nodes;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;

namespace MLPlatform.Cli.Vlps.Shards;

/// <summary>What a worker learns from, and what rank 0 makes of the trained model.</summary>
internal abstract class ShardData : IDisposable
{
    public abstract ModelDeclaration Model { get; }

    public abstract SampleColumns Columns { get; }

    /// <summary>Samples of one pass.</summary>
    public abstract long Rows { get; }

    /// <summary>By which a checkpoint knows that it goes on with the same samples.</summary>
    public abstract string Identity { get; }

    /// <summary>The model that the training goes on from; null: weights begin anew.</summary>
    public virtual ShardOrigin? From => null;

    /// <summary>Adds samples to a block.</summary>
    public abstract void Fill(FieldBlock block, SamplePart part);

    /// <summary>Judges the model after each pass, where it may end early; null: there is nothing to judge it by.</summary>
    public virtual Func<SparseModel, (double LogLoss, double? Auc)>? Judge => null;

    /// <summary>Once all is saved: judges the model, writes it, and gives the outputs.</summary>
    public abstract JsonObject Finish(ShardFolder folder);

    public virtual void Dispose()
    {
    }
}
