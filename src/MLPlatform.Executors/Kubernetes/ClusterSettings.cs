using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>One cluster (section <c>Kubernetes:Clusters:NAME</c>).</summary>
public sealed class ClusterSettings
{
    /// <summary>The kubeconfig file. Default: none, which takes the service account of the pod that the server runs in.</summary>
    public string? Kubeconfig { get; set; }

    /// <summary>The context in that file. Default: its current one.</summary>
    public string? Context { get; set; }

    /// <summary>The namespace of all that is made. Default: mlplatform.</summary>
    public string Namespace { get; set; } = "mlplatform";

    /// <summary>Who decides where pods go. Default: advise.</summary>
    public ClusterMode Mode { get; set; } = ClusterMode.Advise;

    /// <summary>What admits attempts on the cluster, after the platform's own quotas. Default: none.</summary>
    public ClusterAdmission Admission { get; set; } = ClusterAdmission.None;

    /// <summary>The LocalQueue (Kueue) or Queue (Volcano); <c>{group}</c> stands for the attempt's group. Default: <c>{group}</c>, as <c>mlp export kueue</c> names them.</summary>
    public string Queue { get; set; } = "{group}";

    /// <summary>What the roles of a distributed training become. Default: JobSet.</summary>
    public DistributedKind Distributed { get; set; } = DistributedKind.JobSet;

    /// <summary>The ClusterTrainingRuntime of TrainJobs. Default: torch-distributed.</summary>
    public string TrainingRuntime { get; set; } = "torch-distributed";

    /// <summary>The image of attempts whose framework names none, and of built-in activities. Required.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Image { get; set; } = "";

    /// <summary>How the worker program is started in that image. Default: <c>dotnet /app/worker/MLPlatform.Worker.dll</c>.</summary>
    public IList<string> WorkerCommand { get; } = [];

    /// <summary>The PersistentVolumeClaim that holds the platform's home folder. This or HostPath is required.</summary>
    public string? Claim { get; set; }

    /// <summary>The folder of every node that holds the platform's home folder: for a cluster of one node, or a mount of all.</summary>
    public string? HostPath { get; set; }

    /// <summary>Where the home folder is inside of that volume. Default: its topmost folder.</summary>
    public string VolumeFolder { get; set; } = "";

    /// <summary>The server's address as pods reach it, for MLFLOW_TRACKING_URI. Default: none, and attempts cannot track by themselves.</summary>
    public string? TrackingUri { get; set; }

    /// <summary>Variables from Secrets of the namespace, as <c>NAME: secret/key</c>. Default: none.</summary>
    public IDictionary<string, string> Secrets { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Secrets that images are pulled with. Default: none.</summary>
    public IList<string> ImagePullSecrets { get; } = [];

    /// <summary>The service account of pods; they get no token of it. Default: the namespace's.</summary>
    public string? ServiceAccount { get; set; }

    /// <summary>Labels of nodes that pods go to, besides the pool's. Default: none.</summary>
    public IDictionary<string, string> NodeSelector { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Taints that pods bear, as <c>key=value:Effect</c>, <c>key:Effect</c> or <c>key</c>. Default: none.</summary>
    public IList<string> Tolerations { get; } = [];

    /// <summary>The resource that whole GPUs are asked for as. Default: nvidia.com/gpu.</summary>
    public string GpuResource { get; set; } = "nvidia.com/gpu";

    /// <summary>The resource that shares of a GPU are asked for as, where the device plugin offers them. Default: none, and fractions are refused.</summary>
    public string? GpuShareResource { get; set; }

    /// <summary>How many shares a GPU has. Default: 10.</summary>
    [Range(2, 1000)]
    public int GpuShares { get; set; } = 10;

    /// <summary>The user that pods run as. Default: the image's own.</summary>
    [Range(1, uint.MaxValue)]
    public long? RunAsUser { get; set; }

    /// <summary>The group of the shared volume's files. Default: none.</summary>
    [Range(1, uint.MaxValue)]
    public long? FsGroup { get; set; }

    /// <summary>How long pods have to end once asked. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long what has ended stays on the cluster to be looked at. Default: 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan KeepEnded { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long an image may fail to be pulled before the attempt fails. Default: 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan PullPatience { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long an admitted pod may find no node before the attempt fails. Default: 30 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan PlacePatience { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long the API server may be out of reach before an attempt that was not handed over fails. Default: 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ReachPatience { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long one watch lasts; a silent one is given up soon after. Default: 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan WatchLength { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often attempts are looked at where nothing is told. Default: 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the cluster is asked what pods use; metrics-server looks no more often by itself. Default: 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:10:00")]
    public TimeSpan UsageEvery { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Most requests a second. Default: 20.</summary>
    [Range(1, 10_000)]
    public int Qps { get; set; } = 20;

    /// <summary>Requests that may go at once after a pause. Default: 40.</summary>
    [Range(1, 10_000)]
    public int Burst { get; set; } = 40;
}

/// <summary>Who decides where pods go.</summary>
public enum ClusterMode
{
    /// <summary>The cluster's scheduler; the platform decides what is handed over, when, and with which priority.</summary>
    Advise,

    /// <summary>The platform: it is the pods' scheduler and binds each to a node.</summary>
    Bind,
}

/// <summary>What admits attempts on a cluster.</summary>
public enum ClusterAdmission
{
    None,
    Kueue,
    Volcano,
}

/// <summary>What the roles of a distributed training become.</summary>
public enum DistributedKind
{
    JobSet,
    TrainJob,
}
