/** An invented imaging group: who works there, and on what. Addresses at example.org mark them as made up. */
export const demoPeople = [
  { username: "a-okafor", workspaces: ["lung-nodule-unet", "lung-nodule-ablation"] },
  { username: "j-lindqvist", workspaces: ["brats-glioma", "brats-ensembles"] },
  { username: "m-tanaka", workspaces: ["retina-grading"] },
  { username: "s-reyes", workspaces: ["mammo-density", "mammo-detection"] },
  { username: "p-novak", workspaces: ["ct-denoising"] },
  { username: "l-haddad", workspaces: ["cardiac-cine-mri"] },
  { username: "d-kowalski", workspaces: ["prostate-mri"] },
  { username: "r-iyer", workspaces: ["pathology-tiles", "stain-transfer"] },
  { username: "e-moreau", workspaces: ["stroke-perfusion"] },
  { username: "t-nguyen", workspaces: ["bone-age"] },
  { username: "k-brandt", workspaces: ["whole-body-pet"] },
  { username: "c-oneill", workspaces: ["fetal-ultrasound"] },
  { username: "f-rossi", workspaces: ["chest-xray-baseline"] },
  { username: "n-abdi", workspaces: ["spine-labelling"] },
] as const;

export const demoEmail = (username: string): string => `${username}@example.org`;

/** Whose password is told, so that somebody can look around. */
export const guide = demoPeople[0].username;
